package io.modelwatch.producers.publish;

/** Nothing was published, since somebody else writes in our place by now. */
public final class LostException extends PublishException {
    private static final long serialVersionUID = 1L;

    /** @param message what was lost, in words */
    public LostException(String message) {
        super(message, null);
    }
}
