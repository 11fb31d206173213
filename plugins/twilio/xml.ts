/**
 * Text for XML 1.0, as content or inside double quotes. What a parser reads back is what went in, without the
 * characters that XML forbids (controls, halves of surrogate pairs): callers and admins can type them.
 */
export function escapeXml(text: string): string {
  // Almost every text is plain, and this runs on the way of each call.
  return NOT_PLAIN.test(text) ? text.replace(FORBIDDEN, '').replace(SPECIAL, toEntity) : text;
}

const NOT_PLAIN = /[^\x20\x21\x23-\x25\x28-\x3b\x3d\x3f-\ud7ff\ue000-\ufffd]/;
const FORBIDDEN = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu;
/** A parser turns bare line ends and tabs of attributes into spaces, and a carriage return into a line end anywhere. */
const SPECIAL = /[&<>"'\t\n\r]/g;

const entities: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&apos;'],
  ['\t', '&#9;'],
  ['\n', '&#10;'],
  ['\r', '&#13;'],
]);

function toEntity(character: string): string {
  return entities.get(character) ?? '';
}
