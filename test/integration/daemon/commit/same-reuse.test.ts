import { reuseCases } from './reuse-cases';
import { testSameAsGit } from './test-same-as-git';

describe('git commit through the daemon: other commits, people and dates', () => {
  testSameAsGit(reuseCases);
});
