/**
 * What stands between the columns of a file: where the comma is the decimal sign, spreadsheets write semicolons, and
 * what is copied out of one has tabs. The first line says it, for no name of a column has any of them.
 */
export function delimiterOf(text: string): ',' | ';' | '\t' {
  const [header = ''] = text.slice(0, 4_096).split(/\r|\n/, 1);
  if (header.includes(',')) return ',';
  if (header.includes(';')) return ';';
  return header.includes('\t') ? '\t' : ',';
}
