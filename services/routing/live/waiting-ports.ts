import type { Database } from '../../storage/database.ts';
import type { CallLogEntry } from '../calls/call-log.ts';
import type { FactsSource } from '../domain/facts.ts';
import type { LeaveReason } from '../domain/waiting.ts';
import type { CarrierCalls, CarrierCredentials, Clock, Directories, NewId } from '../ports.ts';
import type { BoardCall, Place } from './waiting-board.ts';

export type WaitingRoomPorts = {
  readonly database: Database;
  readonly directories: Pick<Directories, 'get'>;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly calls: CarrierCalls;
  /** Undefined: the account is not known any more. */
  readonly credentialsOf: (accountSid: string) => CarrierCredentials | undefined;
  readonly publicUrl: string;
  readonly factsOf: FactsSource;
  readonly onCount: (organizationId: string, queueId: string, callers: number) => void;
  /** What happens here is told like everything that happens to a call. */
  readonly tell: (entry: CallLogEntry) => void;
  readonly onError: (error: unknown, what: string) => void;
};

/** What a caller who waits is told. */
export type SeenCaller = {
  /** 1: the next one; null: not known. */
  readonly position: number | null;
  /** Why the caller is to leave; null: waits on. */
  readonly leaving: LeaveReason | null;
  readonly isOffered: boolean;
  /** This process sees the caller for the first time. */
  readonly isNew: boolean;
};

/** Where a caller stands who waits. */
export type CallerPlace = { readonly call: BoardCall; readonly place: Place };
