/** Of errno(3): not a fault of the daemon, but of the disk or of what the host lets it have. */
const codes = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EIO', 'EMFILE', 'ENFILE']);

/** The error number's name when the host's system refused a call for such a reason; null: something else. */
export function machineErrorCode(error: unknown): string | null {
  if (typeof error !== 'object' || error === null) return null;
  const { code } = error as { readonly code?: unknown };
  return typeof code === 'string' && codes.has(code) ? code : null;
}
