/** People with names as they are: several scripts, some names common and some that one person has. Deterministic. */

export type Person = {
  readonly firstName: string;
  readonly lastName: string;
  readonly login: string;
  readonly email: string;
  readonly extension: string;
};

const firstNames = [
  'Ana María|José|Lucía|Íñigo|Núria|Søren|Zoë|François|Jürgen|Łukasz|Chloé|Aoife|Márton|Åsa|Mary Jane|John|Wei|Nguyễn',
  'Иван|Ольга|Дмитрий|Екатерина|Юрій|Богдан',
  'Γιώργος|Ελένη|Νίκος',
  'محمد|فاطمة|عمر|ليلى',
  'דוד|נועה',
  '伟|秀英|敏|静',
  '太郎|花子|さくら',
  '민준|서연',
  'अमित|प्रिया|राहुल',
].flatMap((script, kind) => script.split('|').map((name) => ({ name, kind })));

const lastNames = [
  'García|Núñez-Ortega|Müller|Dvořák|Ó Briain|van der Berg|Smith|Jones|Håkansson|Szabó|Trần|D’Angelo|Kovač|Lefèvre',
  'Иванов|Петрова|Шевченко|Кузнецов',
  'Παπαδόπουλος|Νικολάου',
  'الحسن|بن علي|حداد',
  'כהן|לוי',
  '王|李|张|刘',
  '佐藤|鈴木|高橋',
  '김|이|박',
  'शर्मा|पटेल|सिंह',
].map((script) => script.split('|'));

/** Latin for the login, as offices write people whose names are not. */
const plainNames = ['ana', 'ivan', 'giorgos', 'omar', 'david', 'wei', 'taro', 'minjun', 'amit'];

const rareEvery = 7;

export function personOf(index: number): Person {
  const { name: firstName, kind } = pick(firstNames, index);
  const family = pick(lastNames[kind] ?? [], spread(index, 2));
  // One in seven has a second family name of their own, which nobody else is found by.
  const lastName = index % rareEvery === 0 ? `${family} ${rareName(index)}` : family;
  const login = `${latinOf(firstName) ?? plainNames[kind] ?? 'user'}.${index.toString(36)}`;
  return {
    firstName,
    lastName,
    login,
    email: `${login}@${index % 5 === 0 ? 'example.net' : 'mail.example.com'}`,
    extension: String(200_000 + index),
  };
}

/** As a login has it: Íñigo → inigo. Undefined: another script. */
function latinOf(name: string): string | undefined {
  const latin = name
    .toLowerCase()
    .normalize('NFD')
    .replace(/[^a-z]/g, '');
  return latin === '' ? undefined : latin;
}

/** Syllables, so that beginnings are shared and whole names are not. */
export function rareName(index: number): string {
  const syllables = ['ka', 'mo', 'ri', 'ta', 'ne', 'lo', 'su', 'vi', 'da', 'pe'];
  const word = [...String(index)].map((digit) => syllables[Number(digit)] ?? '').join('');
  return `${word.charAt(0).toUpperCase()}${word.slice(1)}`;
}

/** A number that looks like chance and is the same in every run. */
export function spread(index: number, salt: number): number {
  let mixed = Math.imul(index + 1, 0x9e3779b1) ^ Math.imul(salt + 1, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
  mixed = Math.imul(mixed ^ (mixed >>> 12), 0x297a2d39);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}

/** The first ones more often, as with names of people. */
function pick<T>(values: readonly T[], index: number): T {
  const share = (spread(index, 1) % 10_000) / 10_000;
  const value = values[Math.floor(share ** 1.5 * values.length)];
  if (value === undefined) throw new Error('there is nothing to pick from');
  return value;
}
