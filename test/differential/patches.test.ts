import { testArea } from './harness/run-area';

testArea('patches');
