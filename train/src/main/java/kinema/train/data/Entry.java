package kinema.train.data;

import java.nio.file.Path;
import java.util.Map;

/**
 * A file of a data folder.
 *
 * @param file a video or a picture
 * @param fields what the folder's table says of it, by column; the caption under {@link CaptionTable#CAPTION}
 */
record Entry(Path file, Map<String, String> fields) {}
