import type { Language } from '../routing/domain/directory-data.ts';
import type { MailContent } from './message.ts';
import { type MailKind, mailTexts } from './texts.ts';

/** What the texts are filled with, by name: `{name}`, `{organization}` … */
export type MailValues = {
  readonly name: string;
  readonly organization: string;
  readonly address: string;
  readonly login: string;
  /** Who made a change, and where calls go from now on. */
  readonly actor?: string;
  readonly forwards?: string;
  /** For how long the link works, in the words of the language: see `spanOf`. */
  readonly span: string;
};

/** A mail of ours as text and as HTML that say the same. `link` is left out where there is nothing to open. */
export function renderMail(
  kind: MailKind,
  language: Language,
  values: Omit<MailValues, 'span'> & { readonly lastsMs?: number },
  link?: string,
): MailContent {
  const words = mailTexts[language];
  const { lastsMs = 0, ...rest } = values;
  const filled = { ...rest, span: spanOf(language, lastsMs) };
  const { subject, lines, button } = words[kind];
  const paragraphs = [words.greeting, ...lines].map((line) => fill(line, filled));
  const footer = fill(words.footer, filled);
  const text = [...paragraphs, ...(link === undefined ? [] : [link]), `-- \n${footer}`].join('\n\n');
  const html = toHtml(language, paragraphs, footer, link, button);
  return { subject: oneLine(fill(subject, filled)), text: `${text}\n`, html };
}

/** 1,800,000 ms is "30 minutes", 604,800,000 ms is "7 days". */
function spanOf(language: Language, ms: number): string {
  const { minutes, hours, days } = mailTexts[language].spans;
  const wholeMinutes = Math.round(ms / 60_000);
  if (wholeMinutes < 120) return `${wholeMinutes} ${minutes}`;
  if (wholeMinutes < 2 * 1_440) return `${Math.round(wholeMinutes / 60)} ${hours}`;
  return `${Math.round(wholeMinutes / 1_440)} ${days}`;
}

function fill(line: string, values: MailValues): string {
  const of: Readonly<Record<string, string>> = values;
  return line.replace(/\{(\w+)\}/g, (_, name: string) => of[name] ?? '');
}

/** A name with a line break in it must not become a header of its own. */
function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

function toHtml(
  language: Language,
  paragraphs: readonly string[],
  footer: string,
  link: string | undefined,
  button: string,
): string {
  const body = paragraphs.map((line) => `<p>${escapeHtml(line)}</p>`).join('\n');
  const href = link === undefined ? '' : escapeHtml(link);
  const action =
    link === undefined
      ? ''
      : `\n<p><a href="${href}" style="display:inline-block;padding:10px 18px;background:#1f4fd8;color:#ffffff;border-radius:6px;text-decoration:none">${escapeHtml(button)}</a></p>\n<p style="font-size:13px;word-break:break-all"><a href="${href}">${href}</a></p>`;
  return `<!doctype html>
<html lang="${language}"><body style="font-family:system-ui,sans-serif;font-size:16px;line-height:1.5;max-width:36em">
${body}${action}
<p style="font-size:13px;color:#555555">${escapeHtml(footer)}</p>
</body></html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (found) => `&#${found.charCodeAt(0)};`);
}
