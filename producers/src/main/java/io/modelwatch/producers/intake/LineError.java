package io.modelwatch.producers.intake;

/**
 * Why a line was refused.
 *
 * @param line number of the line, from 1
 * @param field dotted path of the field, for example {@code model.parents[0].id}; empty where the line as a whole is
 *     at fault
 * @param message what is wrong and what is legal
 */
public record LineError(int line, String field, String message) {}
