/**
 * The profile as it would be, looked at before it is sent: against the rules of its country and, where
 * that was asked for, by the service's own check of addresses. A row is stopped only by what it brings
 * about itself; what was wrong before stays the service's business, and is said.
 */
import type { Problem } from '../problem.js';
import { fieldValue, type BillingProfile, type Field } from '../profile/billing-profile.js';
import {
  countryOf,
  judgeProfile,
  RULED_FIELDS,
  type RulesAnswer,
  type Violation,
} from '../profile/country-rules.js';
import type { Change } from '../profile/decide.js';
import { withLostZeros } from '../profile/lost-zeros.js';
import type { Remark } from './remarks.js';
import type {
  AddressCall,
  AddressVerdict,
  PostalAddress,
  ReviewService,
} from './review-service.js';

export interface ReviewPorts {
  readonly service: ReviewService;
  /** Give postal codes the zeros back that a spreadsheet took. */
  readonly repair: boolean;
}

export interface ReviewQuestion {
  readonly live: BillingProfile;
  readonly changes: readonly Change[];
  /** The live profile with the changes. */
  readonly result: BillingProfile;
  /** Ids for one more question of the row. */
  readonly newCall: () => AddressCall;
}

export type Review =
  | { readonly kind: 'fine'; readonly remarks: readonly Remark[] }
  /** To be decided again with another value. */
  | {
      readonly kind: 'repaired';
      readonly field: Field;
      readonly to: string;
      readonly remark: Remark;
    }
  | {
      readonly kind: 'invalid';
      readonly problem: Problem;
      readonly remarks: readonly Remark[];
    };

const ADDRESS_FIELDS: ReadonlySet<Field> = new Set<Field>([
  'country',
  'region',
  'state',
  'city',
  'district',
  'addressLine1',
  'addressLine2',
  'addressLine3',
  'postalCode',
]);

export async function reviewChanges(
  question: ReviewQuestion,
  { service, repair }: ReviewPorts,
): Promise<Review> {
  const { live, result, changes, newCall } = question;
  const remarks: Remark[] = [];
  if (changes.some(({ field }) => RULED_FIELDS.has(field))) {
    const answer = await service.rules(countryOf(result));
    const repaired = repair ? repairOf(changes, answer, service) : undefined;
    if (repaired) return repaired;
    remarks.push(...remarksOn(answer, countryOf(result)));
    const { caused, standing } = judgeProfile(live, result, answer, service.matches);
    const blocking = caused.filter(({ isCertain }) => isCertain);
    if (blocking.length > 0) return { kind: 'invalid', problem: problemOf(blocking), remarks };
    remarks.push(...caused.map(doubtRemark), ...standing.map(standingRemark));
  }
  if (!service.checkAddress || !changes.some(({ field }) => ADDRESS_FIELDS.has(field)))
    return { kind: 'fine', remarks };
  const { verdict } = await service.checkAddress(addressOf(result), newCall());
  switch (verdict.kind) {
    case 'valid': {
      const remark = suggestionRemark(verdict.suggestions, addressOf(result));
      return { kind: 'fine', remarks: remark ? [...remarks, remark] : remarks };
    }
    case 'doubtful':
      return { kind: 'invalid', problem: addressProblem(verdict), remarks };
    case 'not-checked':
      return { kind: 'fine', remarks: [...remarks, notCheckedRemark(verdict.why)] };
  }
}

function repairOf(
  changes: readonly Change[],
  answer: RulesAnswer,
  { matches }: ReviewService,
): Extract<Review, { kind: 'repaired' }> | undefined {
  const code = changes.find(({ field }) => field === 'postalCode')?.to;
  const pattern = answer.kind === 'rules' ? answer.rules.postalCodeRegex : undefined;
  if (code === undefined || pattern === undefined) return undefined;
  const to = withLostZeros(code, (value) => matches(pattern, value));
  if (to === undefined) return undefined;
  const remark = {
    code: 'repaired',
    message: 'Postal codes were given the leading zeros back that a spreadsheet had taken off.',
    hint: 'Compare them in result_changes.',
    note: `postalCode repaired: ${code} → ${to}.`,
  };
  return { kind: 'repaired', field: 'postalCode', to, remark };
}

/** What a row is told whose postal code is the live one without its zeros: nothing is to be changed. */
export const liveZerosNote = (code: string, live: string): string =>
  `postalCode ${code} is the live ${live} without its leading zeros.`;

function remarksOn(answer: RulesAnswer, country: string): Remark[] {
  if (answer.kind === 'unknown-country' || answer.instead === undefined) return [];
  const because = `The country rules of ${country} could not be had from the service (${answer.instead})`;
  return [
    answer.kind === 'rules'
      ? {
          code: 'country-rules-bundled',
          message: `${because}; those that billpatch brings along were used.`,
          hint: 'They know less: the service may refuse a row that passed them.',
        }
      : {
          code: 'country-rules-missing',
          message: `${because}, and billpatch brings none along for it: these rows were not checked.`,
          hint: 'The service decides when it is sent the update.',
        },
  ];
}

function problemOf(violations: readonly Violation[]): Problem {
  return {
    code: violations[0]?.code ?? 'country-rule',
    message: violations.map(({ field, message }) => `${field}: ${message}`).join(' '),
    hint: [...new Set(violations.map(({ hint }) => hint))].join(' '),
    detail: `${violations.map(inWords).join('; ')}.`,
  };
}

function inWords({ field, value, suggestion }: Violation): string {
  const meant = suggestion === undefined ? '' : ` (did you mean "${suggestion}"?)`;
  return `${field} would be ${value === '' ? 'empty' : `"${value}"`}${meant}`;
}

const doubtRemark = (violation: Violation): Remark => ({
  code: violation.code,
  message: `${violation.field}: ${violation.message}`,
  hint: `${violation.hint} billpatch does not know this rule for certain; the service decides.`,
  note: `${violation.message} ${violation.hint}`,
});

const standingRemark = (violation: Violation): Remark => ({
  code: 'standing-violation',
  message: `The live profile breaks a rule of its country in a field that the row leaves alone: ${violation.field}.`,
  hint: 'The service decides whether it takes the update; correct the field too if it does not.',
  note: `${violation.field} of the live profile: ${violation.message} ${violation.hint}`,
});

const addressOf = (profile: BillingProfile): PostalAddress => ({
  addressLine1: fieldValue(profile, 'addressLine1'),
  addressLine2: fieldValue(profile, 'addressLine2'),
  city: fieldValue(profile, 'city'),
  state: fieldValue(profile, 'state'),
  postalCode: fieldValue(profile, 'postalCode'),
  country: fieldValue(profile, 'country'),
});

/** A wrong address would stand on an invoice: without somebody who looks, it is not written. */
function addressProblem({
  status,
  said,
  suggestions,
}: Extract<AddressVerdict, { kind: 'doubtful' }>): Problem {
  const words = [
    ...(status === undefined ? [] : [`The service calls it ${status}.`]),
    ...(said === '' ? [] : [/[.!?]$/.test(said) ? said : `${said}.`]),
    ...(suggestions.length === 0 ? [] : [`It suggests: ${suggestions.join(' | ')}.`]),
  ];
  return {
    code: 'address-doubtful',
    message: "The service's address check does not confirm this address.",
    hint:
      suggestions.length === 0
        ? 'Correct the address and apply the row again, or run it without --check-addresses if the address is right.'
        : 'Compare the address with what the service suggests, correct the row and apply it again; or run it without --check-addresses if the address is right.',
    ...(words.length > 0 && { detail: words.join(' ') }),
  };
}

function suggestionRemark(
  suggestions: readonly string[],
  { addressLine1, city }: PostalAddress,
): Remark | undefined {
  const letters = (text: string): string => text.toLowerCase().replace(/[\s,.]+/g, ' ');
  const isOther = suggestions.find(
    (line) =>
      !letters(line).includes(letters(addressLine1)) || !letters(line).includes(letters(city)),
  );
  return isOther === undefined
    ? undefined
    : {
        code: 'address-suggested',
        message: 'The service confirms these addresses, and writes them in another way.',
        hint: 'Compare them in result_hint; nothing of it was applied.',
        note: `The service writes this address as: ${isOther}.`,
      };
}

const notCheckedRemark = (why: string): Remark => ({
  code: 'address-not-checked',
  message: `Addresses could not be checked by the service: ${why.replace(/\.$/, '')}.`,
  hint: 'The rows went on without the check; look at their addresses yourself.',
  note: 'The address was not checked by the service.',
});
