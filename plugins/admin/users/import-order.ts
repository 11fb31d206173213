import type { ReadRow } from './import-file.ts';

/** Members of a row that name somebody who may stand further down in the file. */
const references = ['parentUserId', 'fallbackUserId'] as const;

/**
 * A row that names somebody of a later row is done in two steps: without the name at its place, and with nothing but
 * the name after all others. So the order of a file does not matter, and each other's fallback can be imported. The
 * second step is a row of the job of its own, with the line it came from.
 */
export function inTwoSteps(rows: readonly ReadRow[]): readonly ReadRow[] {
  const lastPlace = new Map<string, number>();
  for (const [place, { input }] of rows.entries()) {
    // Whoever has an id is there already.
    for (const name of input.id === null ? [input.patch.login, input.patch.email] : []) {
      if (typeof name === 'string') lastPlace.set(name.toLowerCase(), place);
    }
  }
  const first: ReadRow[] = [];
  const second: ReadRow[] = [];
  for (const [place, row] of rows.entries()) {
    const later = references.filter((field) => {
      const name = row.input.patch[field];
      return typeof name === 'string' && (lastPlace.get(name.toLowerCase()) ?? -1) > place;
    });
    if (later.length === 0) first.push(row);
    else {
      first.push({ ...row, input: { ...row.input, patch: without(row.input.patch, later) } });
      second.push(namesOnly(row, later));
    }
  }
  return [...first, ...second];
}

type Patch = ReadRow['input']['patch'];

function without(patch: Patch, names: readonly string[]): Patch {
  return Object.fromEntries(Object.entries(patch).filter(([name]) => !names.includes(name)));
}

/** Who is meant, and whom the row names. */
function namesOnly(row: ReadRow, names: readonly string[]): ReadRow {
  const kept = ['login', 'email', ...names];
  const { input } = row;
  const patch = Object.fromEntries(Object.entries(input.patch).filter(([name]) => kept.includes(name)));
  return {
    ...row,
    input: { id: input.id, kind: null, patch, passwordHash: null, bad: [], isSecondStep: true },
  };
}
