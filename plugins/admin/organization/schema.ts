import { type Static, Type } from 'typebox';
import { nullable, patchSchema } from '../merge-patch.ts';
import {
  closed,
  DateText,
  Name,
  oneOf,
  RingSeconds,
  SpokenText,
  Target,
  Warnings,
  ZoneName,
} from '../schemas.ts';

const Country = Type.String({ pattern: '^[A-Z]{2}$', description: 'ISO 3166.', examples: ['US'] });

const Holiday = Type.Object(
  {
    from: DateText,
    to: Type.Optional(DateText),
    yearly: Type.Optional(
      Type.Boolean({ description: 'Every year on the same dates; false when left out.' }),
    ),
    name: Name,
  },
  { ...closed, description: '`to` left out: one date.' },
);

const Texts = Type.Object(
  {
    unavailable: Type.Optional(SpokenText),
    closed: Type.Optional(SpokenText),
    noNumber: Type.Optional(SpokenText),
    voicemailGreeting: Type.Optional(SpokenText),
    confirm: Type.Optional(SpokenText),
  },
  { ...closed, description: 'What is left out is spoken in `language`.' },
);

const Forwarding = Type.Object(
  {
    countries: Type.Array(Country, { maxItems: 250, uniqueItems: true }),
    kinds: Type.Array(oneOf(['fixed', 'mobile']), { maxItems: 2, uniqueItems: true }),
    confirm: Type.Boolean({ description: 'The answering person presses 1 first.' }),
  },
  { ...closed, description: 'Where calls may be forwarded to outside the organization.' },
);

const Policies = Type.Object(
  {
    emailChange: oneOf(['verified', 'locked']),
    deletionGraceDays: Type.Integer({ minimum: 0, maximum: 365 }),
    adminReset: Type.Array(oneOf(['mail', 'generated', 'typed']), { maxItems: 3, uniqueItems: true }),
    forwardBeatsDnd: Type.Boolean(),
    voicemailOf: oneOf(['first', 'last']),
    statistics: Type.Boolean(),
    callRetentionDays: Type.Integer({
      minimum: 1,
      maximum: 3_650,
      description: 'After so many days calls are deleted; their figures stay. 365 unless set.',
    }),
    voicemailMaxSeconds: Type.Integer({
      minimum: 10,
      maximum: 3_600,
      description: 'How long a message may be; 300 unless set.',
    }),
    voicemailRetentionDays: Type.Integer({
      minimum: 1,
      maximum: 3_650,
      description: 'After so many days messages are deleted, at the carrier too; 90 unless set.',
    }),
    voicemailMail: oneOf(
      ['none', 'link', 'attachment'],
      'What the owner of a box is mailed when there is a message; link unless set.',
    ),
  },
  closed,
);

export const OrganizationSettings = Type.Object(
  {
    name: Name,
    timeZone: ZoneName,
    defaultCountry: Country,
    language: oneOf(['en', 'es', 'fr', 'de']),
    texts: Texts,
    sipDomain: Type.String({
      maxLength: 253,
      pattern: '^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$',
      examples: ['pbx.example'],
    }),
    forwarding: Forwarding,
    anonymousCallers: oneOf(['allow', 'reject']),
    blockList: Type.Array(Type.String({ minLength: 1, maxLength: 40 }), {
      maxItems: 10_000,
      description: 'Numbers, or prefixes that end in *.',
      examples: [['+14155550199', '+4475*']],
    }),
    holidays: Type.Array(Holiday, { maxItems: 500 }),
    lastResort: nullable(Target),
    ringSeconds: RingSeconds,
    policies: Policies,
  },
  closed,
);
export type OrganizationSettings = Static<typeof OrganizationSettings>;

export const OrganizationPatch = Type.Unsafe<Readonly<Record<string, unknown>>>({
  ...patchSchema(OrganizationSettings),
  description: 'A merge patch (RFC 7396).',
});

export const Organization = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    slug: Type.String({ examples: ['acme'] }),
    ...OrganizationSettings.properties,
    holidays: Type.Array(
      Type.Object({ from: DateText, to: DateText, yearly: Type.Boolean(), name: Name }, closed),
    ),
    lastResort: Target,
    warnings: Warnings,
  },
  closed,
);
export type Organization = Static<typeof Organization>;
