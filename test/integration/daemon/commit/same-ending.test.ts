import { endingCases } from './ending-cases';
import { testSameAsGit } from './test-same-as-git';

describe('git commit through the daemon: endings, hooks and settings', () => {
  testSameAsGit(endingCases);
});
