/** What the doctor answers, with the daemon or without it. */
import type { ResultOf } from '../../shared/contract';
import type { Methods } from '../../shared/methods';

export type DoctorReport = ResultOf<Methods['daemon.doctor']>;
