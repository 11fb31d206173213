import fc from 'fast-check';

const surrogates = 0x800;

/**
 * Any code point: what fast-check calls 'binary', which keeps a table of all million of them and takes a second to make
 * it in every file.
 */
const codePoint = fc.integer({ min: 0, max: 0x10ffff - surrogates }).map(
  (place) => String.fromCodePoint(place < 0xd800 ? place : place + surrogates),
  (text: unknown) => {
    const point = typeof text === 'string' ? text.codePointAt(0) : undefined;
    if (point === undefined || String.fromCodePoint(point) !== text) throw new Error('no code point');
    if (point >= 0xd800 && point < 0xd800 + surrogates) throw new Error('half a surrogate pair');
    return point < 0xd800 ? point : point - surrogates;
  },
);

/** Of any characters, none of them half. */
export function anyText(lengths: {
  readonly minLength?: number;
  readonly maxLength: number;
}): fc.Arbitrary<string> {
  return fc.string({ ...lengths, unit: codePoint });
}
