import { type Static, Type } from 'typebox';
import { closed, DateText, Instant, oneOf, TimeOfDay } from '../schemas.ts';

export const CoverageQuery = Type.Object(
  {
    target: Type.String({
      maxLength: 64,
      pattern: '^(user|queue):[0-9a-fA-F-]{36}$|^number:',
      description: '`user:ID`, `queue:ID` or `number:E164`.',
      examples: ['number:+12025550100'],
    }),
    from: Type.Optional(Instant),
    to: Type.Optional(Instant),
  },
  {
    ...closed,
    description: 'Left out: `from` is now, `to` seven days after `from`. At most 400 days.',
  },
);
export type CoverageQuery = Static<typeof CoverageQuery>;

const Nullable = (schema: Parameters<typeof Type.Union>[0][number]) => Type.Union([schema, Type.Null()]);

export const CoverageReport = Type.Object(
  {
    intervals: Type.Array(
      Type.Object(
        {
          from: Instant,
          to: Instant,
          answeredBy: Nullable(
            Type.Object(
              { type: Type.String(), id: Type.String(), extension: Nullable(Type.String()) },
              closed,
            ),
          ),
          kind: oneOf(['covered', 'gap', 'closed']),
        },
        { ...closed, description: '[from, to): who is rung first; `gap`: no person is rung.' },
      ),
    ),
    score: Type.Number({ description: 'covered / (covered + gap); intended closures are not gaps.' }),
    emptyWindows: Type.Array(
      Type.Object(
        { date: DateText, from: TimeOfDay, to: TimeOfDay, timeZone: Type.String(), because: Type.String() },
        closed,
      ),
      { description: 'Windows that do not exist on their day, because the clock jumps over them.' },
    ),
  },
  closed,
);
export type CoverageReport = Static<typeof CoverageReport>;
