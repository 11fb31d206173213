import { problem } from '../../../services/routing/errors.ts';
import { parseCsv } from './csv.ts';
import { CellError, type Column, columns, passwordColumn } from './csv-columns.ts';

/** Ten thousand people and the names of the columns. */
const mostRows = 10_001;
/** Each takes a good part of a second of a processor. */
const mostPasswords = 100;

/** What is wrong with a cell. */
export type BadCell = { readonly column: string; readonly code: string; readonly message: string };

/** One row as it waits in a job. A password is only here as its hash. */
export type ImportRow = {
  readonly id: string | null;
  readonly kind: string | null;
  readonly patch: Readonly<Record<string, unknown>>;
  readonly passwordHash: string | null;
  readonly bad: readonly BadCell[];
  /** Sets what the same line could not name before others were made; never makes somebody. */
  readonly isSecondStep?: boolean;
};

export type ReadRow = {
  readonly userId: null;
  readonly name: string;
  readonly line: number;
  readonly input: ImportRow;
};

/** How passwords are judged and hashed, handed over by the sessions. */
export type Passwords = {
  readonly refusal: (password: string, about: readonly string[]) => string | undefined;
  readonly hash: (password: string) => Promise<string>;
};

/** Refuses what is no table of users; a cell that does not fit is the row's own matter. */
export async function readImport(text: string, hashing: Passwords): Promise<readonly ReadRow[]> {
  const file = await parseCsv(text, mostRows);
  if (!('rows' in file)) throw refuse(file.line, '', file.message);
  const [header, ...rows] = file.rows;
  if (header === undefined) throw refuse(1, '', 'Begin with the names of the columns.');
  const names = readHeader(header.cells, header.line);
  const passwords = names.indexOf(passwordColumn);
  if (passwords >= 0 && rows.filter(({ cells }) => (cells[passwords] ?? '') !== '').length > mostPasswords) {
    throw refuse(header.line, passwordColumn, `Send at most ${mostPasswords} passwords at once.`);
  }
  const read: ReadRow[] = [];
  for (const { line, cells } of rows) {
    const byName = new Map(names.map((name, index) => [name, cells[index] ?? ''] as const));
    const input = await readRow(byName, cells.length > names.length, hashing);
    const name = `${byName.get('firstName') ?? ''} ${byName.get('lastName') ?? ''}`.trim();
    read.push({ userId: null, name, line, input });
  }
  return read;
}

function readHeader(cells: readonly string[], line: number): readonly string[] {
  const known = new Set([...columns.map((column) => column.name), passwordColumn]);
  const spelled = new Map([...known].map((name) => [name.toLowerCase(), name]));
  const names = cells.map((cell) => spelled.get(cell.trim().toLowerCase()) ?? cell.trim());
  names.forEach((name, index) => {
    if (!known.has(name)) throw refuse(line, name, `Use one of the columns ${[...known].join(', ')}.`);
    if (names.indexOf(name) !== index) throw refuse(line, name, 'Use each column once.');
  });
  if (!names.includes('id') && !names.includes('login') && !names.includes('email')) {
    throw refuse(line, 'login', 'Add the column id, login or email: it says who is meant.');
  }
  return names;
}

async function readRow(
  cells: ReadonlyMap<string, string>,
  tooMany: boolean,
  { refusal: judge, hash }: Passwords,
): Promise<ImportRow> {
  const bad: BadCell[] = [];
  if (tooMany) bad.push({ column: '', code: 'cells', message: 'Has more cells than there are columns.' });
  const patch: Record<string, unknown> = {};
  for (const column of columns) {
    const cell = cells.get(column.name);
    const value = cell === undefined ? undefined : readValue(column, cell, bad);
    if (value !== undefined && column.field !== undefined) patch[column.field] = value;
  }
  const password = cells.get(passwordColumn) ?? '';
  const refusal = password === '' ? undefined : judge(password, [cells.get('login') ?? '']);
  if (refusal !== undefined) bad.push({ column: passwordColumn, code: 'password.weak', message: refusal });
  return {
    id: (cells.get('id') ?? '') || null,
    kind: (cells.get('kind') ?? '') || null,
    patch,
    passwordHash: password === '' || bad.length > 0 ? null : await hash(password),
    bad,
  };
}

function readValue(column: Column, cell: string, bad: BadCell[]): unknown {
  try {
    return column.parse?.(cell);
  } catch (error) {
    if (!(error instanceof CellError)) throw error;
    bad.push({ column: column.name, code: 'cell', message: error.message });
    return undefined;
  }
}

function refuse(line: number, column: string, message: string): Error {
  const pointer = `/${line}${column === '' ? '' : `/${column.replaceAll('~', '~0').replaceAll('/', '~1')}`}`;
  return problem('import.invalid', {
    detail: `Line ${line}${column === '' ? '' : `, column ${column}`}: ${message}`,
    errors: [{ pointer, code: 'csv', message }],
    extra: { line, ...(column === '' ? {} : { column }) },
  });
}
