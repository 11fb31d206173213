import { type Static, type TSchema, Type } from 'typebox';
import { nullable } from './merge-patch.ts';

/** Shapes that several resources share. Every object is closed: what is not named is refused. */
export const closed = { additionalProperties: false } as const;

/** A choice of words. */
export function oneOf<const T extends string[]>(words: readonly [...T], description?: string) {
  return Type.Enum(words, { type: 'string', ...(description === undefined ? {} : { description }) });
}

export const Id = Type.String({ format: 'uuid', examples: ['0199e0c4-5a3b-7c1d-9f00-3b5a7c9d1e2f'] });
export const Instant = Type.String({ description: 'RFC 3339, UTC.', examples: ['2026-11-21T17:00:00Z'] });
export const DateText = Type.String({ maxLength: 10, description: 'YYYY-MM-DD', examples: ['2026-12-24'] });
export const TimeOfDay = Type.String({
  maxLength: 5,
  description: 'HH:MM on a 24-hour clock; 24:00 only where a window ends.',
  examples: ['09:00'],
});
export const ZoneName = Type.String({
  maxLength: 64,
  description: 'A zone of the IANA database.',
  examples: ['Europe/Madrid'],
});
/** Shown in lists, and put into mails and names of callers: no line breaks, no control characters. */
export const oneLine =
  '^[^\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029]*[^\\s\\x00-\\x1f\\x7f-\\x9f][^\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029]*$';
export const Name = Type.String({ minLength: 1, maxLength: 100, pattern: oneLine });
/**
 * One to eight words that are looked for. None is left out in silence, and spaces alone are not everybody: a bulk change
 * with this filter would find more people than were meant.
 */
export const Search = Type.String({
  minLength: 1,
  maxLength: 200,
  pattern: '^\\s*\\S+(\\s+\\S+){0,7}\\s*$',
  description: 'Beginnings of words of the name, login, e-mail or extension; all of them must be found.',
  examples: ['ana ru'],
});
export const SpokenText = Type.String({ minLength: 1, maxLength: 500, pattern: '\\S' });
export const Extension = Type.String({ maxLength: 16, description: '2-8 digits.', examples: ['214'] });
export const PhoneNumber = Type.String({
  minLength: 2,
  maxLength: 40,
  description: 'Any usual spelling; kept as E.164.',
  examples: ['+14155550100'],
});

export const RingSeconds = Type.Integer({ minimum: 5, maximum: 300, examples: [20] });

export const Target = Type.Object(
  {
    type: oneOf(['user', 'queue', 'external', 'voicemail', 'menu', 'announcement', 'hangup']),
    id: Type.Optional(
      Type.String({ maxLength: 64, description: 'The user or queue; with voicemail the owner of the box.' }),
    ),
    number: Type.Optional(
      Type.String({
        maxLength: 40,
        description: 'With external: a number in any usual spelling, or one of your own extensions.',
        examples: ['+14155550123'],
      }),
    ),
    text: Type.Optional(
      Type.String({ maxLength: 500, description: 'With menu and announcement: what is spoken.' }),
    ),
  },
  { ...closed, description: 'Where a call is sent.' },
);
export type TargetBody = Static<typeof Target>;

export const Window = Type.Object(
  { from: TimeOfDay, to: TimeOfDay },
  { ...closed, description: '[from, to); a `to` that is not after `from` is on the next day.' },
);

export const Warning = Type.Object(
  {
    code: Type.String({ examples: ['routing.possible-loop'] }),
    pointer: Type.Optional(Type.String()),
    message: Type.String(),
    path: Type.Optional(Type.Array(Id)),
  },
  { ...closed, description: 'Something that was saved and deserves a look.' },
);
export type Warning = Static<typeof Warning>;

export const Warnings = Type.Optional(
  Type.Array(Warning, { description: 'Left out where there is nothing to say.' }),
);

/** Our own ids are lower case; another spelling would be another key in memory. */
const PathId = Type.String({ format: 'uuid', pattern: '^[0-9a-f-]+$' });
export const IdParams = Type.Object({ id: PathId }, closed);
export const OverrideParams = Type.Object({ id: PathId, overrideId: PathId }, closed);
export const NoQuery = Type.Object({}, closed);

/** What an action without settings is sent: nothing, or an empty object. */
export const EmptyBody = Type.Optional(nullable(Type.Object({}, closed)));

export const ProblemDocument = Type.Object(
  {
    type: Type.String({ examples: ['urn:linefinder:error:body.invalid'] }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    instance: Type.String(),
    code: Type.String({ examples: ['body.invalid'] }),
    errors: Type.Optional(
      Type.Array(
        Type.Object({ pointer: Type.String(), code: Type.String(), message: Type.String() }, closed),
      ),
    ),
  },
  {
    $id: 'Problem',
    title: 'Problem',
    description: 'application/problem+json (RFC 9457). Further members depend on `code`.',
  },
);

export const Empty = Type.Null({ description: 'No content.' });

const problemStatus: Readonly<Record<number, string>> = {
  400: 'The request cannot be read, or the query or a header does not fit.',
  401: 'The credential is missing or not accepted.',
  403: 'A permission is missing (`permission` names it), or the password must be typed again.',
  404: 'There is no such thing in this organization.',
  409: 'It contradicts what is there.',
  412: 'The ETag in If-Match is stale.',
  413: 'The body is too large.',
  415: 'This media type is not read here.',
  422: 'The body does not fit: `errors` points at every field.',
  426: 'This address speaks websocket only.',
  429: 'Too many requests; wait for Retry-After seconds.',
  502: 'The carrier does not answer; nothing was changed here.',
  503: 'The database does not answer; nothing was changed.',
};

/** One and the same, so that it is compiled once. */
const problemContent = { 'application/problem+json': { schema: { $ref: 'Problem#' } } };

/** Responses of a route for the OpenAPI document: the good one, and every problem that can come. */
export function responses(good: Readonly<Record<number, TSchema>>, ...more: readonly number[]) {
  const problems = Object.fromEntries(
    [400, 401, 403, 429, 503, ...more, ...(more.includes(422) ? [413, 415] : [])].map((status) => [
      status,
      {
        description: problemStatus[status] ?? '',
        content: problemContent,
      },
    ]),
  );
  return { ...good, ...problems };
}

/** A merge patch may also come as plain JSON. */
export const patchTypes = ['application/json', 'application/merge-patch+json'];
