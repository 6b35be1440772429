import { testArea } from './harness/run-area';

testArea('commit');
