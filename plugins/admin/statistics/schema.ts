import { type Static, Type } from 'typebox';
import { closed, DateText, Id, Instant, ZoneName } from '../schemas.ts';

const count = (description: string) => Type.Integer({ minimum: 0, description });

const Figures = Type.Object(
  {
    from: DateText,
    to: DateText,
    offered: count('Calls that rang there.'),
    handled: count('Calls that were answered there.'),
    missed: count('Calls that rang there, and that nobody at all answered.'),
    abandoned: count('Calls that the caller gave up there before an answer.'),
    handledInTime: count('Calls that were answered within 20 seconds.'),
    talkSeconds: count('How long was talked, without the calls that are not over.'),
  },
  { ...closed, description: 'From the first of these dates to the last, both included.' },
);
export type Figures = Static<typeof Figures>;

const head = {
  asOf: Instant,
  timeZone: Type.Unsafe<string>({
    ...ZoneName,
    description:
      "The organization's zone, in which the days begin. A call counts on the day on which it began.",
  }),
};
const periods = { today: Figures, last7Days: Figures, last30Days: Figures };
const description = 'Calls of today, of today and the six days before, and of today and the 29 days before.';

export const Statistics = Type.Object({ ...head, ...periods }, { ...closed, description });
export type Statistics = Static<typeof Statistics>;

export const OfficeStatistics = Type.Object(
  {
    ...head,
    organization: Type.Object(periods, { ...closed, description }),
    users: Type.Array(Type.Object({ userId: Id, ...periods }, closed)),
  },
  closed,
);
export type OfficeStatistics = Static<typeof OfficeStatistics>;

export const OfficeQuery = Type.Object(
  {
    users: Type.Optional(
      Type.String({
        maxLength: 3_700,
        pattern: '^[0-9a-f-]{36}(,[0-9a-f-]{36}){0,99}$',
        description: 'Ids of up to 100 users, with commas between them; who is not there is left out.',
      }),
    ),
  },
  closed,
);
