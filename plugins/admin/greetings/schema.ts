import { type Static, Type } from 'typebox';
import { nullable } from '../merge-patch.ts';
import { closed, Instant, oneOf, SpokenText } from '../schemas.ts';

export const Greeting = Type.Object(
  {
    text: nullable(
      Type.String({ description: 'Spoken where there is no sound; null: the text of the organization.' }),
    ),
    sound: nullable(
      Type.Object(
        {
          type: oneOf(['audio/mpeg', 'audio/wav', 'audio/aiff']),
          bytes: Type.Integer(),
          uploadedAt: Instant,
        },
        { ...closed, description: 'Played instead of the text.' },
      ),
    ),
  },
  { ...closed, description: 'What callers hear in a voicemail box before the tone.' },
);
export type Greeting = Static<typeof Greeting>;

export const GreetingPut = Type.Object({ text: nullable(SpokenText) }, closed);
export type GreetingPut = Static<typeof GreetingPut>;
