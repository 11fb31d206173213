import type { Readable } from 'node:stream';
import type { Directory } from './domain/directory.ts';
import type { ApiKeyData, CarrierAccountData } from './domain/directory-data.ts';

/** What the service needs from outside. Tests replace the clock and the mail; everything else is the real thing. */

/** Epoch ms. The only source of "now". */
export type Clock = { now(): number };

/** UUIDv7, from the clock and the system's randomness. */
export type NewId = () => string;

/** Where a directory came from, and how fresh it is known to be. */
export type DirectoryEntry = {
  readonly directory: Directory;
  readonly source: 'postgres' | 'redis' | 'disk';
  /** When its version was last compared with a store that answered, epoch ms. 0: never. */
  readonly confirmedAt: number;
};

/** The read side of every call. `get` and the finders never do I/O. */
export type Directories = {
  get(organizationId: string): DirectoryEntry | undefined;
  /** In hand, or from Redis, Postgres, disk in that order, 250 ms in all; undefined: nobody has it. */
  load(organizationId: string): Promise<DirectoryEntry | undefined>;
  /**
   * After a change of our own: resolves when the directory in hand is at least of this version, so that the very next
   * call sees the change. False when that could not be reached in time; the change is kept all the same.
   */
  advance(organizationId: string, version: number): Promise<boolean>;
  list(): readonly DirectoryEntry[];
  findApiKey(hash: string): { readonly organizationId: string; readonly key: ApiKeyData } | undefined;
  findCarrierAccount(
    carrier: 'twilio',
    accountSid: string,
  ): { readonly organizationId: string; readonly account: CarrierAccountData } | undefined;
};

/** Credentials of one account at a carrier. */
export type CarrierCredentials = { readonly accountSid: string; readonly authToken: string };

/** A number as the carrier has it. */
export type CarrierNumber = {
  /** The carrier's id of it. */
  readonly sid: string;
  /** As the carrier writes it; E.164 at Twilio. */
  readonly number: string;
  readonly name: string;
  readonly takesCalls: boolean;
  /** Its calls go to a trunk, whatever its webhooks are. */
  readonly isOnTrunk: boolean;
  readonly webhooks: CarrierWebhooks;
};

/** Where the carrier asks about a call, and where it reports how the call went; both by POST. Empty: nowhere. */
export type CarrierWebhooks = { readonly voice: string; readonly status: string };

/** The carrier's REST side: never on the way of a call. Each request has a deadline; a failure is a CarrierFailure. */
export type CarrierApi = {
  listNumbers(credentials: CarrierCredentials): Promise<readonly CarrierNumber[]>;
  setWebhooks(credentials: CarrierCredentials, sid: string, webhooks: CarrierWebhooks): Promise<void>;
};

/** The sound of a recording, while it arrives. */
export type CarrierSound = {
  /** audio/mpeg … */
  readonly type: string;
  readonly length: number | null;
  /** Content-Range, where a part was asked for and a part is what came. */
  readonly contentRange: string | null;
  readonly body: Readable;
};

/** Recordings at the carrier, never on the way of a call. `failed`: there is no such recording. */
export type CarrierRecordings = {
  fetchSound(credentials: CarrierCredentials, recordingSid: string, range?: string): Promise<CarrierSound>;
  deleteRecording(credentials: CarrierCredentials, recordingSid: string): Promise<void>;
};

/** A call that we make: to one telephone of a member for whom somebody waits. */
export type OutgoingCall = {
  /** `sip:…`, `client:…`, or E.164. */
  readonly to: string;
  readonly from: string;
  /** Asked what to do when somebody picks up. */
  readonly answerUrl: string;
  /** Told when it rings, is answered and ends. */
  readonly statusUrl: string;
  readonly timeoutSeconds: number;
};

/** Calls that we make at the carrier. Each request has a deadline; a failure is a CarrierFailure. */
export type CarrierCalls = {
  /** Gives the carrier's id of the call. */
  start(credentials: CarrierCredentials, call: OutgoingCall): Promise<string>;
  /** Also of a call that is over already. */
  hangUp(credentials: CarrierCredentials, callId: string): Promise<void>;
  /** The place where one caller waited. */
  removeQueue(credentials: CarrierCredentials, queueId: string): Promise<void>;
};

/** `refused`: the carrier does not take the credentials. `failed`: it takes them and not the request. */
export class CarrierFailure extends Error {
  readonly kind: 'refused' | 'failed' | 'unreachable';

  constructor(kind: CarrierFailure['kind'], message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'CarrierFailure';
    this.kind = kind;
  }
}

/** What the administration needs of a carrier. */
export type CarrierPorts = {
  readonly api: CarrierApi;
  /** The account of the installation's settings. */
  readonly configured: { readonly accountSid: string; readonly authTokens: readonly string[] } | null;
  /** Whose that account is. */
  readonly firstOrganizationId: () => string | undefined;
};
