import { messageCases } from './message-cases';
import { testSameAsGit } from './test-same-as-git';

describe('git commit through the daemon: the message of git commit', () => {
  testSameAsGit(messageCases);
});
