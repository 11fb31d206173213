import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { delimiterOf } from '../csv-delimiter.ts';

/**
 * RFC 4180. A spreadsheet takes a cell that begins with one of these for a formula: such a cell gets an apostrophe in
 * front, as does one that has an apostrophe there already. Reading takes exactly one apostrophe away.
 */
const risky = /^['=+\-@\t\r]/;

export function toCsvLine(cells: readonly string[]): string {
  return `${cells.map(toCsvCell).join(',')}\r\n`;
}

export function toCsvCell(text: string): string {
  const safe = risky.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function readCell(cell: string): string {
  return cell.startsWith("'") ? cell.slice(1) : cell;
}

/** `line` counts from 1, where the row begins. */
export type CsvRow = { readonly line: number; readonly cells: readonly string[] };
export type CsvFile =
  | { readonly rows: readonly CsvRow[] }
  | { readonly line: number; readonly message: string };

/** Piece by piece, so that calls are answered in between. Columns end with commas, or what the first line has instead. */
export async function parseCsv(text: string, mostRows: number): Promise<CsvFile> {
  const { CsvError, parse } = await import('csv-parse');
  const parser = Readable.from(pieces(text)).pipe(
    parse({
      bom: true,
      info: true,
      delimiter: delimiterOf(text),
      relaxColumnCount: true,
      skipEmptyLines: true,
      maxRecordSize: 65_536,
    }),
  );
  const rows: CsvRow[] = [];
  let line = 0;
  try {
    for await (const item of parser) {
      const { record, info }: { record: readonly string[]; info: { lines: number } } = item;
      const breaks = record.reduce((sum, cell) => sum + (cell.match(/\r\n|\n|\r/g)?.length ?? 0), 0);
      line = info.lines;
      if (rows.length === mostRows) return { line, message: `Send at most ${mostRows - 1} users at once.` };
      rows.push({ line: info.lines - breaks, cells: record.map(readCell) });
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    return { line: line + 1, message: 'This is not CSV: check the quotation marks.' };
  }
  return { rows };
}

async function* pieces(text: string): AsyncGenerator<string> {
  for (let from = 0; from < text.length; from += 32_768) {
    yield text.slice(from, from + 32_768);
    await setImmediate();
  }
}
