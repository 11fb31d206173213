import type { CarrierAccounts } from '../routing/calls/carrier-accounts.ts';
import {
  type CarrierCredentials,
  CarrierFailure,
  type CarrierRecordings,
  type CarrierSound,
} from '../routing/ports.ts';
import type { TwilioPlace } from './place.ts';

export type Sound = CarrierSound;

/** `gone`: the carrier has none any more. `not-configured`: nobody has credentials for the account. */
export type SoundFailure = 'gone' | 'not-configured' | 'refused' | 'unreachable';

export type Opened =
  | { readonly ok: true; readonly sound: Sound }
  | { readonly ok: false; readonly failure: SoundFailure };

/** Recordings at the carrier, by the credentials of the organization that they belong to. */
export type VoicemailSounds = {
  open(organizationId: string, place: TwilioPlace, range?: string): Promise<Opened>;
  /** Null: it is deleted. */
  remove(organizationId: string, place: TwilioPlace): Promise<SoundFailure | null>;
};

export function buildVoicemailSounds(
  accounts: CarrierAccounts,
  recordings: CarrierRecordings,
): VoicemailSounds {
  const credentialsOf = (organizationId: string, accountSid: string): readonly CarrierCredentials[] => {
    const account = accounts.find(accountSid);
    // An account that went to another organization is not ours to ask about any more.
    if (account?.organizationId !== organizationId) return [];
    return account.authTokens.map((authToken) => ({ accountSid, authToken }));
  };
  return {
    async open(organizationId, { accountSid, recordingSid }, range) {
      const credentials = credentialsOf(organizationId, accountSid);
      const asked = await withEach(credentials, (one) => recordings.fetchSound(one, recordingSid, range));
      return asked.ok ? { ok: true, sound: asked.value } : asked;
    },
    async remove(organizationId, { accountSid, recordingSid }) {
      const credentials = credentialsOf(organizationId, accountSid);
      const asked = await withEach(credentials, (one) => recordings.deleteRecording(one, recordingSid));
      if (asked.ok) return null;
      return asked.failure === 'gone' ? null : asked.failure;
    },
  };
}

type Asked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: SoundFailure };

/** Two tokens are valid while they are rotated: what the one cannot do, the other may. */
async function withEach<T>(
  credentials: readonly CarrierCredentials[],
  ask: (one: CarrierCredentials) => Promise<T>,
): Promise<Asked<T>> {
  let failure: SoundFailure = 'not-configured';
  for (const one of credentials) {
    try {
      return { ok: true, value: await ask(one) };
    } catch (error) {
      if (!(error instanceof CarrierFailure)) throw error;
      failure = error.kind === 'failed' ? 'gone' : error.kind;
      if (error.kind !== 'refused') break;
    }
  }
  return { ok: false, failure };
}
