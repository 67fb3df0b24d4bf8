/**
 * billpatch as a library. One customer at a time: {@link createPartnerCenter}. Many, with a journal, on
 * the rules of the command line: {@link plan}, {@link apply}, {@link resume}, {@link undo}, {@link merge}.
 *
 * Nothing here writes to the console, reads the environment or keeps anything between two calls. What
 * is thrown on purpose is a {@link BillpatchError}, with a stable `code`.
 */
export { createPartnerCenter } from './library/partner-center.js';
export type {
  BillingProfileOperations,
  CallOptions,
  CustomerOperations,
  Customers,
  PartnerCenter,
  PartnerCenterOptions,
} from './library/partner-center.js';
export type {
  CustomerBillingAddress,
  CustomerBillingProfile,
  ProfileAttributes,
} from './library/billing-profile.js';
export type { CountryValidationRules } from './library/country-rules.js';
export type { Customer } from './partner-center/customers.js';

export { apply, merge, plan, resume, undo } from './library/runs.js';
export type {
  ApplyOptions,
  ApplyPlanSettings,
  BrakeSettings,
  MergeOptions,
  NewRunSettings,
  PlanOptions,
  ReviewedPlan,
  StageOptions,
  UndoOptions,
} from './library/runs.js';
export type { InputRow, RunInput } from './library/input.js';
export type { RowOutcome, Run } from './library/run.js';
export type { PlanSummary, RunFiles, RunResult } from './library/run-result.js';
export type { Progress } from './run/progress.js';
export type { Shard } from './rows/shard.js';
export type { Status, RowTrace } from './run/outcome.js';
export type { Change } from './profile/decide.js';
export type { ChangeTotals } from './profile/change-totals.js';
export type { Field } from './profile/billing-profile.js';

export type { ConnectionSettings, TokenSettings } from './library/settings.js';
export type { GetToken } from './library/tokens.js';
export type { Cloud } from './partner-center/base-url.js';

export { BillpatchError, StoppedError, UsageError } from './problem.js';
export type { Problem, RequestIds, Warning } from './problem.js';
export { FileProblem } from './rows/file-problem.js';
export { InputRefusedError } from './library/run-result.js';
export type { InputError } from './stages/check-input.js';
export { ConflictError, ServiceError, UnknownOutcomeError } from './library/service-error.js';
