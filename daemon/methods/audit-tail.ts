/** audit.tail: the newest records of the audit log. */
import type { Handler } from '../dispatch/handler';
import type { Services } from '../services';

const defaultLimit = 50;

export function auditTail(services: Pick<Services, 'audit'>): Handler<'audit.tail'> {
  return async ({ limit, agent }) => ({
    records: [
      ...(await services.audit.tail(
        limit ?? defaultLimit,
        (record) => agent === undefined || record.agent === agent,
      )),
    ],
  });
}
