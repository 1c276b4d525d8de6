package io.modelwatch.streams.lineage;

/**
 * What bounds a resolved ancestry. Each limit cuts a prefix of one total order over paths (fewest steps, then
 * lexicographic), and that a prefix of a parent's list gives a prefix of the child's: what remains is a function of the
 * facts alone. Messages carry one ancestor and one step more than is shown, so that a cut is noticed everywhere.
 *
 * @param ancestors most ancestors shown; the largest ancestry in 178,900 recorded edges has 214
 * @param depth most steps of a path shown; recorded chains reach 30
 * @param pathText most characters in all paths of one record: keeps it far below the broker's 1 MiB
 */
record Limits(int ancestors, int depth, int pathText) {

    static final Limits DEFAULT = new Limits(500, 64, 192 * 1024);
}
