/** 32 characters without those that are taken for each other when somebody reads them out: 0 and o, 1, i and l (L is there in capitals). */
const letters = 'abcdefghjkmnpqrstuvwxyz23456789L';

/** Five bits for each character, from a token of 256: `readableCode(token, 4, 5)` is "k7mwp-x3qze-…" with 100 bits. */
export function readableCode(token: string, groups: number, size: number): string {
  const bytes = Buffer.from(token, 'base64url').subarray(0, groups * size);
  const characters = [...bytes].map((byte) => letters[byte & 31] ?? '');
  return Array.from({ length: groups }, (_, at) =>
    characters.slice(at * size, (at + 1) * size).join(''),
  ).join('-');
}
