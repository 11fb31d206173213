import { parseNumber } from '../../../services/routing/domain/e164.ts';
import { delimiterOf } from '../csv-delimiter.ts';
import { oneLine } from '../schemas.ts';

/** One lead of a file, with the line it stands on, counted from 1, the header included. */
export type LeadRow = {
  readonly line: number;
  readonly name: string;
  /** Login, address, extension or id of the owner; empty: nobody. */
  readonly owner: string;
  /** E.164. */
  readonly numbers: readonly string[];
};

export type RowError = {
  readonly line: number;
  /** Empty: the line as a whole. */
  readonly column: string;
  readonly code: string;
  readonly message: string;
};

export type ReadRows = { readonly rows: readonly LeadRow[]; readonly errors: readonly RowError[] };

const isOneLine = new RegExp(oneLine);

export const columns = ['name', 'owner', 'numbers'] as const;
export const mostRows = 5_000;

/**
 * `name,owner,numbers`, in any order; several numbers with a semicolon between them. Read as a stream, so that calls are
 * answered in between.
 */
export async function readLeadRows(text: string, country: string): Promise<ReadRows> {
  const { CsvError, parse } = await import('csv-parse');
  const rows: LeadRow[] = [];
  const errors: RowError[] = [];
  const options = {
    bom: true,
    info: true,
    delimiter: delimiterOf(text),
    skip_empty_lines: true,
    relax_column_count: true,
    trim: true,
  };
  const parser = parse(text, options);
  let header: readonly string[] | undefined;
  try {
    for await (const item of parser) {
      const { cells, line } = toCells(item);
      if (header === undefined) {
        header = cells.map((cell) => cell.toLowerCase());
        const wrong = checkHeader(header, line);
        if (wrong.length > 0) return { rows, errors: wrong };
        continue;
      }
      if (rows.length + errors.length >= mostRows) {
        errors.push(problemAt(line, '', 'too-many', `Send at most ${mostRows} leads at once.`));
        break;
      }
      readRow(cells, header, line, country, rows, errors);
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    errors.push(
      problemAt(Number(Reflect.get(error, 'lines') ?? 1), '', 'csv', 'Close the quotes of this line.'),
    );
  }
  if (header === undefined && errors.length === 0)
    errors.push(problemAt(1, '', 'empty', 'Send a header and a line for each lead.'));
  return { rows, errors };
}

function toCells(item: unknown): { readonly cells: readonly string[]; readonly line: number } {
  const record: unknown = Reflect.get(Object(item), 'record');
  const line: unknown = Reflect.get(Object(Reflect.get(Object(item), 'info')), 'lines');
  return { cells: Array.isArray(record) ? record.map(String) : [], line: Number(line) };
}

function problemAt(line: number, column: string, code: string, message: string): RowError {
  return { line, column, code, message };
}

function checkHeader(header: readonly string[], line: number): readonly RowError[] {
  const known: readonly string[] = columns;
  const unknown = header
    .filter((name) => !known.includes(name))
    .map((name) =>
      problemAt(line, name, 'unknown', `Leave this out: the columns are ${columns.join(', ')}.`),
    );
  const doubled = header
    .filter((name, index) => header.indexOf(name) !== index)
    .map((name) => problemAt(line, name, 'duplicate', 'Leave one of the two out.'));
  const missing = header.includes('name')
    ? []
    : [problemAt(line, 'name', 'required', 'Add the column name.')];
  return [...unknown, ...doubled, ...missing];
}

function readRow(
  cells: readonly string[],
  header: readonly string[],
  line: number,
  country: string,
  rows: LeadRow[],
  errors: RowError[],
): void {
  if (cells.length > header.length) {
    errors.push(problemAt(line, '', 'cells', `This line has more than ${header.length} cells.`));
    return;
  }
  const cell = (name: string) => unprotect(cells[header.indexOf(name)] ?? '');
  const before = errors.length;
  const name = cell('name');
  if (name === '') errors.push(problemAt(line, 'name', 'required', 'Add the name of the lead.'));
  else if (!isOneLine.test(name)) errors.push(problemAt(line, 'name', 'format', 'Write one line.'));
  if (name.length > 200) errors.push(problemAt(line, 'name', 'length', 'Use at most 200 characters.'));
  const numbers = new Set<string>();
  for (const text of cell('numbers')
    .split(';')
    .map((part) => unprotect(part.trim()))) {
    if (text === '') continue;
    const number = parseNumber(text, country);
    if (number === undefined) {
      errors.push(problemAt(line, 'numbers', 'number', 'Use complete numbers such as +14155550123.'));
    } else numbers.add(number);
  }
  if (numbers.size > 50) errors.push(problemAt(line, 'numbers', 'length', 'Use at most 50 numbers.'));
  if (errors.length === before) rows.push({ line, name, owner: cell('owner'), numbers: [...numbers] });
}

/** A spreadsheet writes `'+1415…` so that it is no formula: exactly one apostrophe goes. */
function unprotect(cell: string): string {
  return /^'[=+\-@]/.test(cell) ? cell.slice(1) : cell;
}
