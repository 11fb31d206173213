/**
 * A strict reader of XML 1.0, written without a look at the renderer: what it refuses, Twilio would refuse, and what it
 * reads is what Twilio would play. No DTD, no CDATA, no comments: TwiML of ours has none.
 */
export type XmlElement = {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly (XmlElement | string)[];
};

const FORBIDDEN = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u;
const NAME = /[A-Za-z_][A-Za-z0-9_.-]*/y;
const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);

type Cursor = { readonly text: string; at: number };

export function parseXml(source: string): XmlElement {
  if (FORBIDDEN.test(source)) throw new Error('A character that XML forbids');
  const text = source.replaceAll('\r\n', '\n').replaceAll('\r', '\n');
  const cursor = { text, at: 0 };
  const prolog = /^<\?xml version="1\.0" encoding="UTF-8"\?>\s*/.exec(text);
  if (prolog !== null) cursor.at = prolog[0].length;
  const root = readElement(cursor);
  if (text.slice(cursor.at).trim() !== '') throw new Error('Something behind the root element');
  return root;
}

function readElement(cursor: Cursor): XmlElement {
  expectText(cursor, '<');
  const name = readName(cursor);
  const attributes = readAttributes(cursor);
  if (skip(cursor, '/>')) return { name, attributes, children: [] };
  expectText(cursor, '>');
  const children: (XmlElement | string)[] = [];
  while (!cursor.text.startsWith('</', cursor.at)) {
    if (cursor.at >= cursor.text.length) throw new Error(`<${name}> is never closed`);
    children.push(cursor.text[cursor.at] === '<' ? readElement(cursor) : readText(cursor));
  }
  expectText(cursor, `</${name}`);
  cursor.at += /^\s*/.exec(cursor.text.slice(cursor.at))?.[0].length ?? 0;
  expectText(cursor, '>');
  return { name, attributes, children };
}

function readAttributes(cursor: Cursor): ReadonlyMap<string, string> {
  const attributes = new Map<string, string>();
  for (;;) {
    const space = /^\s+/.exec(cursor.text.slice(cursor.at));
    if (space === null) return attributes;
    cursor.at += space[0].length;
    if (/^\/?>/.test(cursor.text.slice(cursor.at, cursor.at + 2))) return attributes;
    const name = readName(cursor);
    expectText(cursor, '=');
    const quote = cursor.text[cursor.at];
    if (quote !== '"' && quote !== "'") throw new Error(`${name} is not quoted`);
    const end = cursor.text.indexOf(quote, cursor.at + 1);
    if (end === -1 || attributes.has(name)) throw new Error(`${name} does not end, or comes twice`);
    const raw = cursor.text.slice(cursor.at + 1, end);
    if (raw.includes('<')) throw new Error(`A bare < in ${name}`);
    // A parser normalizes bare white space of attributes.
    attributes.set(name, decode(raw.replace(/[\t\n]/g, ' ')));
    cursor.at = end + 1;
  }
}

function readText(cursor: Cursor): string {
  const next = cursor.text.indexOf('<', cursor.at);
  const raw = cursor.text.slice(cursor.at, next === -1 ? undefined : next);
  if (raw.includes(']]>')) throw new Error('A bare ]]>');
  cursor.at += raw.length;
  return decode(raw);
}

function decode(raw: string): string {
  return raw.replace(/&([^;]*);|&/g, (whole, name: string | undefined) => {
    const known = ENTITIES.get(name ?? '');
    if (known !== undefined) return known;
    const code = /^#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}))$/.exec(name ?? '');
    if (code === null) throw new Error(`No entity: ${whole}`);
    const character = String.fromCodePoint(Number.parseInt(code[1] ?? code[2] ?? '', code[1] ? 16 : 10));
    if (FORBIDDEN.test(character)) throw new Error(`A forbidden character: ${whole}`);
    return character;
  });
}

function readName(cursor: Cursor): string {
  NAME.lastIndex = cursor.at;
  const name = NAME.exec(cursor.text)?.[0];
  if (name === undefined) throw new Error(`A name is missing at ${cursor.at}`);
  cursor.at += name.length;
  return name;
}

function skip(cursor: Cursor, text: string): boolean {
  if (!cursor.text.startsWith(text, cursor.at)) return false;
  cursor.at += text.length;
  return true;
}

function expectText(cursor: Cursor, text: string): void {
  if (!skip(cursor, text)) {
    throw new Error(`${text} is missing before ${cursor.text.slice(cursor.at, cursor.at + 20)}`);
  }
}
