/**
 * What the patterns of the schemas ask for, in words: a person who filled a form in cannot read an expression. A test
 * keeps this table complete for every body and query of the OpenAPI document.
 */
export const patternWords: ReadonlyMap<string, string> = new Map([
  [String.raw`\S`, 'Write something: spaces alone are not enough.'],
  [String.raw`^\s*\S+(\s+\S+){0,7}\s*$`, 'Use one to eight words.'],
  [String.raw`^\S+$`, 'Leave out the spaces.'],
  [
    String.raw`^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f\u2028\u2029]*$`,
    'Write one line: something, without line breaks and control characters.',
  ],
  [String.raw`^[^\r\n]*\S[^\r\n]*$`, 'Write one line: something, without line breaks.'],
  ['^[A-Z]{2}$', 'Use the two capital letters of a country, such as US.'],
  [String.raw`^[\x21-\x7e]+$`, 'Use letters, digits and signs without accents, and no spaces.'],
  [
    String.raw`^[\x21-\x7e]{16,128}$`,
    'Use the token as the carrier shows it: 16 to 128 characters, no spaces.',
  ],
  [String.raw`^https?://[\x21-\x7e]+$`, 'Use an address that begins with https:// or http://.'],
  ['^[0-9]{2,8}$', 'Use 2 to 8 digits.'],
  ['^[0-9]{1,9}$', 'Use the `nextCursor` of the answer before.'],
  ['^[0-9*#]{0,32}$', 'Use the keys that were pressed: digits, * and #.'],
  ['^[A-Za-z0-9._:@-]{1,128}$', 'Use 1 to 128 letters, digits or . _ : @ - without spaces.'],
  [
    '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$',
    'Use small letters, digits and hyphens, such as harbor-travel; no hyphen at either end.',
  ],
  ['^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$', 'Use a domain such as example.com.'],
  [
    '^([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|[0-9A-Fa-f:]+)$',
    'Use the name or the address of a host, such as smtp.example.com.',
  ],
  [
    "^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$",
    'Use what stands before the @ of an address, without spaces and accents, such as ana.ruiz.',
  ],
  [
    '^(default|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$',
    'Use `default`, or the id of a campaign.',
  ],
  ['^(user|queue):[0-9a-fA-F-]{36}$', 'Use user:ID or queue:ID.'],
  ['^(user|queue):[0-9a-f-]{36}$', 'Use user:ID or queue:ID.'],
  ['^(user|queue):[0-9a-fA-F-]{36}$|^number:', 'Use user:ID, queue:ID or number:E164.'],
  ['^[0-9a-f-]{36}(,[0-9a-f-]{36}){0,99}$', 'Use ids with commas between them, a hundred at most.'],
  ['^[a-z][a-z.-]*$', 'Use the beginning of an action, such as users or users.create.'],
  [
    '^(/v1)?/(users|numbers|queues|leads|organization)(/|$)',
    'Use a path below /users, /numbers, /queues, /leads or /organization.',
  ],
]);
