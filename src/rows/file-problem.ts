import { BillpatchError } from '../problem.js';

/** What makes a whole file unusable: it cannot be read as a table, so nothing of it is sent. */
export class FileProblem extends BillpatchError {
  override readonly name = 'FileProblem';
  constructor(
    override readonly code:
      | 'file-empty'
      | 'file-has-no-rows'
      | 'file-is-workbook'
      | 'file-not-csv'
      | 'file-not-text'
      | 'file-not-utf8'
      | 'file-cut-off'
      | 'file-unreadable'
      | 'encoding-mixed'
      | 'encoding-contradicted'
      | 'delimiter-unknown'
      | 'workbook-too-old'
      | 'workbook-encrypted'
      | 'workbook-unsupported'
      | 'workbook-damaged'
      | 'workbook-too-large'
      | 'sheet-unknown'
      | 'sheet-empty'
      | 'cells-merged'
      | 'formula-without-value'
      | 'not-a-customer-list'
      | 'quote-not-closed'
      | 'quote-misplaced'
      | 'record-too-long'
      | 'csv-malformed',
    message: string,
    hint: string,
  ) {
    super(code, message, hint);
  }
}
