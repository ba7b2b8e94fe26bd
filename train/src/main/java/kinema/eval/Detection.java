package kinema.eval;

import java.util.List;

/**
 * What the detector sees in the frames of a video.
 *
 * @param masks per frame, the probability that the subject covers a cell; 32 × 32, rows from the top
 * @param subjects per frame, the logarithms of the subjects' probabilities in the world's order
 */
public record Detection(List<float[]> masks, List<float[]> subjects) {
    /** Copies the lists, not the arrays. */
    public Detection {
        masks = List.copyOf(masks);
        subjects = List.copyOf(subjects);
    }

    /** The mean over the frames of the logarithms of the subjects' probabilities. */
    double[] meanSubjects() {
        double[] mean = new double[subjects.get(0).length];
        for (float[] frame : subjects) {
            for (int k = 0; k < mean.length; k++) {
                mean[k] += frame[k] / (double) subjects.size();
            }
        }
        return mean;
    }
}
