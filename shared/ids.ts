/** Names that cross a trust boundary, parsed once at the edge and branded so that only parsed ones travel inside. */
declare const brand: unique symbol;
type Branded<T, B extends string> = T & { readonly [brand]: B };

export type AgentId = Branded<string, 'AgentId'>;
export type RepoId = Branded<string, 'RepoId'>;
/** A full object id: 40 lower-case hexadecimal digits (SHA-1). */
export type Oid = Branded<string, 'Oid'>;
/** A fully qualified ref name that satisfies git's own rules (`git check-ref-format`). */
export type RefName = Branded<string, 'RefName'>;

/** Ids of agents and repositories: also safe as a file name, a container name and a ref component. */
export const idPattern = '^[a-z0-9][a-z0-9-]{0,62}$';
export const oidPattern = '^[0-9a-f]{40}$';
export const zeroOid = '0'.repeat(40) as Oid;

const idRegExp = new RegExp(idPattern);
const oidRegExp = new RegExp(oidPattern);

export function isAgentId(text: string): text is AgentId {
  return idRegExp.test(text);
}

export function isRepoId(text: string): text is RepoId {
  return idRegExp.test(text);
}

export function isOid(text: string): text is Oid {
  return oidRegExp.test(text);
}

/**
 * git's ref name rules (`git help check-ref-format`) plus gitiso's own: printable ASCII without a quote or
 * backslash, at most 240 bytes in all, at least two levels.
 */
export function isRefName(text: string): text is RefName {
  if (text.length > 240 || !/^refs\/[\x21-\x7e]+$/.test(text)) return false;
  if (/[~^:?*[\\'"`]|\.\.|@\{|\/\/|\/$|\.$/.test(text)) return false;
  return text.split('/').every((part) => part !== '' && !part.startsWith('.') && !part.endsWith('.lock'));
}

/** Throws a plain error: for values that the daemon itself made or has stored, where a bad one is a defect. */
export function assertOid(text: string): Oid {
  if (!isOid(text)) throw new Error(`not an object id: ${JSON.stringify(text.slice(0, 60))}`);
  return text;
}
