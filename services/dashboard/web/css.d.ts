/** Styles that the bundler collects. */
declare module '*.css';
