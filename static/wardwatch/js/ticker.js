/* A clock for pages in the background. Browsers slow a hidden page's own timers down
 * to one a minute; a worker's they leave alone.
 */
setInterval(() => postMessage(0), 500);
