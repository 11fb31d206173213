import { problem } from '../../services/routing/errors.ts';

/** The ETag of a row is its revision, which every change of the row raises. */
export function toEtag(revision: number): string {
  return `"${revision}"`;
}

/** If-Match is optional; a stale one is refused, so that nobody overwrites what they have not seen. */
export function checkEtag(request: { readonly ifMatch: string | undefined }, revision: number): void {
  const { ifMatch } = request;
  if (ifMatch === undefined || ifMatch.trim() === '*') return;
  // A strong comparison (RFC 9110, 13.1.1): a weak tag never matches.
  const tags = ifMatch.split(',').map((tag) => tag.trim());
  if (!tags.includes(toEtag(revision))) {
    throw problem('etag.stale', { headers: { etag: toEtag(revision) } });
  }
}
