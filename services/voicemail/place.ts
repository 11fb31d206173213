/** Where the sound of a recording lies at Twilio: its account and its id, and nothing of the address that was told. */
export type TwilioPlace = { readonly accountSid: string; readonly recordingSid: string };

const ADDRESS = /\/Accounts\/(AC[0-9A-Za-z]{32})\/Recordings\/(RE[0-9A-Za-z]{32})(?:\.[a-z0-9]+)?$/;

/** Undefined: it is no address of a recording. */
export function readTwilioPlace(url: string): TwilioPlace | undefined {
  const [, accountSid, recordingSid] = ADDRESS.exec(url) ?? [];
  return accountSid === undefined || recordingSid === undefined ? undefined : { accountSid, recordingSid };
}
