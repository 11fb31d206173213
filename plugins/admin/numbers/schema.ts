import { type Static, Type } from 'typebox';
import { nullable, patchSchema } from '../merge-patch.ts';
import { pageOf, pageQuery } from '../paging.ts';
import {
  closed,
  DateText,
  Id,
  Instant,
  oneOf,
  PhoneNumber,
  Target,
  Warnings,
  Window,
  ZoneName,
} from '../schemas.ts';

const windows = Type.Array(Window, { maxItems: 48 });

const OpeningDay = Type.Object(
  { available: Type.Boolean(), windows: Type.Optional(windows) },
  { ...closed, description: 'available: false is closed all day; true needs windows.' },
);
const Week = nullable(
  Type.Object(
    {
      monday: Type.Optional(OpeningDay),
      tuesday: Type.Optional(OpeningDay),
      wednesday: Type.Optional(OpeningDay),
      thursday: Type.Optional(OpeningDay),
      friday: Type.Optional(OpeningDay),
      saturday: Type.Optional(OpeningDay),
      sunday: Type.Optional(OpeningDay),
    },
    { ...closed, description: 'A weekday left out is open all day; null: open every day.' },
  ),
);

const CalendarException = Type.Object(
  {
    from: DateText,
    to: Type.Optional(DateText),
    yearly: Type.Optional(Type.Boolean()),
    closed: Type.Boolean(),
    windows: Type.Optional(windows),
  },
  { ...closed, description: '`to` left out: one date. `windows` only where not closed.' },
);

const Calendar = Type.Object(
  {
    weekly: Type.Optional(Week),
    exceptions: Type.Optional(Type.Array(CalendarException, { maxItems: 500 })),
    useHolidays: Type.Optional(
      Type.Boolean({ description: 'Closed on the holidays of the organization; true when left out.' }),
    ),
    closedTarget: Type.Optional(nullable(Target)),
  },
  closed,
);

const Match = Type.Object(
  {
    prefix: Type.Optional(
      Type.String({ maxLength: 20, description: 'The beginning of the number, with +.', examples: ['+34'] }),
    ),
    number: Type.Optional(PhoneNumber),
    kind: Type.Optional(oneOf(['internal', 'external', 'anonymous'])),
  },
  { ...closed, description: 'Exactly one of them.' },
);

export const NumberSettings = Type.Object(
  {
    name: Type.String({ maxLength: 100 }),
    timeZone: nullable(ZoneName),
    target: nullable(Target),
    override: nullable(
      Type.Object(
        { target: Target, until: Type.Optional(nullable(Instant)) },
        {
          ...closed,
          description: 'The manual switch. Without `until` it holds until somebody takes it away.',
        },
      ),
    ),
    callerRules: Type.Array(Type.Object({ match: Match, target: Target }, closed), {
      maxItems: 100,
      description: 'In order: the first match wins.',
    }),
    stickyRouting: Type.Boolean({ description: 'A caller who is a lead reaches the owner of the lead.' }),
    waitingPriority: nullable(
      Type.Integer({
        minimum: 1,
        maximum: 100,
        description: 'Of its callers in a queue that waits: 1 is served first; null: as the queue says.',
      }),
    ),
    calendar: nullable(Calendar),
    callerIdFor: Type.Array(Id, {
      maxItems: 1_000,
      uniqueItems: true,
      description: 'Users whose calls show this number. A user shows one number: the last one chosen.',
    }),
  },
  closed,
);
export type NumberSettings = Static<typeof NumberSettings>;

const patch = patchSchema(NumberSettings);

export const NumberPatch = Type.Unsafe<Readonly<Record<string, unknown>>>({
  ...patch,
  description: 'A merge patch (RFC 7396).',
});

export const NumberCreate = Type.Unsafe<Readonly<Record<string, unknown>> & { readonly number: string }>({
  ...patch,
  properties: { number: PhoneNumber, ...Object(patch).properties },
  required: ['number'],
});

export const DirectNumber = Type.Object(
  {
    id: Id,
    number: Type.String({ description: 'E.164.', examples: ['+14155550100'] }),
    ...NumberSettings.properties,
    timeZone: ZoneName,
    warnings: Warnings,
  },
  closed,
);
export type DirectNumber = Static<typeof DirectNumber>;

export const NumberPage = pageOf(DirectNumber);
export const NumberQuery = Type.Object(
  {
    q: Type.Optional(
      Type.String({ minLength: 1, maxLength: 100, description: 'A part of the number or of the name.' }),
    ),
    assigned: Type.Optional(Type.Boolean({ description: 'true: those with a target.' })),
    target: Type.Optional(
      Type.String({
        pattern: '^(user|queue):[0-9a-fA-F-]{36}$',
        description: '`user:ID` or `queue:ID`: those that lead there.',
      }),
    ),
    ...pageQuery,
  },
  closed,
);
export type NumberQuery = Static<typeof NumberQuery>;
