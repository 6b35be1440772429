/** audit.verify: recompute the hash chain. */
import type { Handler } from '../dispatch/handler';
import type { Services } from '../services';

export function auditVerify(services: Pick<Services, 'audit'>): Handler<'audit.verify'> {
  return () => services.audit.verify();
}
