import { benchResolve } from './resolve.ts';

benchResolve();
