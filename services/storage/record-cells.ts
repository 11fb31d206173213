/**
 * Rows as one text, for `write_call_records` (sql/0038_call_record.sql): Postgres takes many rows in it without a
 * parameter for each, and nothing in it has to be escaped. JSON has none of the three characters; what callers chose to
 * send is cleaned of them.
 */

/** What Postgres casts from text. Instants are epoch ms. */
export type Cell = string | number | boolean | null;

const endOfColumn = '\x1d';
const nothing = '\x1e';
const endOfCell = '\x1f';

/** null: no rows. `columns`: what stands in each of them. */
export function toCells<Row>(rows: readonly Row[], columns: readonly ((row: Row) => Cell)[]): string | null {
  if (rows.length === 0) return null;
  let text = '';
  for (const [place, column] of columns.entries()) {
    if (place > 0) text += endOfColumn;
    let isFirst = true;
    for (const row of rows) {
      if (!isFirst) text += endOfCell;
      isFirst = false;
      text += column(row) ?? nothing;
    }
  }
  return text;
}

/** A document, as Postgres takes it: a text there has no NUL and no half of a surrogate pair. */
export function toDocument(value: unknown): string {
  const text = JSON.stringify(value);
  if (!text.includes('\\u') || !/\\u(?:0000|d[89a-f])/.test(text)) return text;
  return JSON.stringify(value, (_, part: unknown) => (typeof part === 'string' ? storable(part) : part));
}

/** A text of somebody's choice in a cell of its own. */
export function toPlainCell(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there.
  return /[\0\x1d-\x1f]/.test(text) ? storable(text).replaceAll(/[\x1d-\x1f]/g, ' ') : text;
}

/** Callers choose what they send; a text in Postgres has no NUL and no half of a surrogate pair. */
export function storable(text: string): string {
  return text.replaceAll('\0', '').toWellFormed();
}
