/** Without 0, 1, i, l and o, which are taken for each other when somebody reads it out. */
const letters = 'abcdefghjkmnpqrstuvwxyz23456789A';

/** From 256 random bits: 20 characters of 32 (100 bits) in groups, "k7mwp-…". Easy to read out, and to type on a phone. */
export function generatePassword(token: string): string {
  const bytes = Buffer.from(token, 'base64url').subarray(0, 20);
  const characters = [...bytes].map((byte) => letters[byte & 31]);
  return (characters.join('').match(/.{5}/g) ?? []).join('-');
}
