import { test } from 'tap';
import { renderMail } from '../../../services/mail/templates.ts';
import { type MailKind, mailTexts } from '../../../services/mail/texts.ts';

const languages = ['en', 'es', 'fr', 'de'] as const;
const kinds: readonly MailKind[] = [
  'invitation',
  'password-reset',
  'email-confirm',
  'email-told',
  'voicemail',
  'test',
];
const values = {
  name: 'Ana',
  organization: 'Acme & Söhne',
  address: 'ana@example.com',
  login: 'ana',
  caller: '+14155550123',
  duration: '0:07',
  box: 'Ana',
  lastsMs: 30 * 60_000,
};

test('every mail is there in every language, as text and as HTML, with nothing left to fill in', async (t) => {
  const subjects = new Set<string>();
  for (const language of languages) {
    for (const kind of kinds) {
      const { subject, text, html = '' } = renderMail(kind, language, values, 'https://x.example/#token=a');
      subjects.add(subject);
      t.notMatch(subject + text + html, /[{}]\w+[{}]|undefined/, `${language} ${kind}`);
      t.ok(text.includes('https://x.example/#token=a'));
      t.ok(html.includes('Acme &#38; S'), 'HTML is escaped');
    }
  }
  t.equal(subjects.size, languages.length * kinds.length);
  t.same(Object.keys(mailTexts).sort(), [...languages].sort());
});

test('how long a link works is said in words', async (t) => {
  const said = (lastsMs: number) => renderMail('invitation', 'en', { ...values, lastsMs }, 'x').text;
  t.match(said(30 * 60_000), 'for 30 minutes');
  t.match(said(24 * 3_600_000), 'for 24 hours');
  t.match(said(7 * 24 * 3_600_000), 'for 7 days');
});

test('a name can be neither a header nor markup', async (t) => {
  const name = 'Eve\r\nBcc: x@example.com<script>';
  const { subject, html = '' } = renderMail('invitation', 'en', { ...values, name, organization: name });
  t.notMatch(subject, /[\r\n]/);
  t.notMatch(html, '<script>');
});
