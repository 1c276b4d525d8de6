package io.modelwatch.schemas;

/** A newer program has brought a schema of the database further than this one knows; the message says what to do. */
public final class NewerSchemaException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /**
     * @param what has that schema, as in "the database"
     * @param found its version
     * @param known the newest version that this program knows
     * @param back what there is to do before this program is used again
     */
    public NewerSchemaException(String what, int found, int known, String back) {
        super("a newer modelwatch has brought " + what + " to version " + found + " of its schema, and this one knows "
                + known + ": start the newer one in its place, which goes on where this one stopped. To go back to this"
                + " one, " + back);
    }
}
