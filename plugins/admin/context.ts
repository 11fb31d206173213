import type { MailBox } from '../../services/mail/queue.ts';
import type { FactsSource } from '../../services/routing/domain/facts.ts';
import type { CarrierPorts, Clock, Directories, NewId } from '../../services/routing/ports.ts';
import type { Database } from '../../services/storage/database.ts';
import type { VoicemailSounds } from '../../services/voicemail/sounds.ts';
import type { Actor } from './access.ts';
import type { Limits } from './limits.ts';

/** What the administration needs from outside, handed down from the composition root. */
export type AdminContext = {
  readonly database: Database;
  readonly directories: Directories;
  readonly clock: Clock;
  readonly newId: NewId;
  /** 256 bits, base64url. */
  readonly newToken: () => string;
  /** What is stored of a password. */
  readonly hashPassword: (password: string) => Promise<string>;
  /** Waits; for answers that must not come too fast. */
  readonly pause: (ms: number) => Promise<void>;
  readonly limits: Limits;
  /** null: POST /v1/organizations does not exist. */
  readonly operatorKey: string | null;
  /** Where browsers reach us; the origin that cookie requests must come from. */
  readonly publicUrl: string;
  /** Seals what is stored and must not be read: mails that wait, passwords of mail accounts, two-step secrets. */
  readonly box: MailBox;
  /** null: no carrier is asked for anything. */
  readonly carrier: CarrierPorts | null;
  /** For what went wrong and is no reason to refuse: into the log. */
  readonly reportError: (error: unknown, what: string) => void;
  /** Tells the sockets of this process, after the commit, that rights or sessions may be others now. */
  readonly noteChange: (organizationId: string) => void;
  /** Tells the mail worker that something waits; after the commit. */
  readonly kickMail: () => void;
  /** What is known of this moment; left out: nothing. */
  readonly factsOf?: FactsSource;
  /** Recordings at the carrier; null: there is nobody to fetch them from. */
  readonly sounds: VoicemailSounds | null;
  /** Tells the voicemail worker that a sound is to be deleted; after the commit. */
  readonly kickVoicemail: () => void;
};

/** One administration request after the auth hook: who, since when, and what was said about repeats and versions. */
export type AdminRequest = {
  readonly actor: Actor;
  readonly requestId: string;
  /** Epoch ms, read once. */
  readonly instant: number;
  readonly ifMatch: string | undefined;
  readonly idempotency: { readonly key: string; readonly requestHash: string } | undefined;
};

/** What a route answers. `secret`: the body shows something that is shown once and must not be kept. */
export type Answer<T> = { readonly body: T; readonly etag?: string; readonly secret?: boolean };
