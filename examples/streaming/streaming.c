/* Hears sound as it comes and tells where something begins and ends, by a recurrent network that keeps its state between runs.
 *
 *   streaming MODEL.coracle [FRAMES]
 *
 * MODEL is what examples/python/make_streaming_model.py writes, converted; FRAMES, of 10 ms each, go into a run (7 of them by default).
 * The network has two running averages of the loudness, a quick and a slow one: sound begins where the quick one exceeds the slow one.
 * What it hears is three tones with silence around them. examples/python/streaming.py is the same in Python.
 * SPDX-License-Identifier: Apache-2.0 */
#include <coracle/coracle.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { RATE = 16000, FRAMES_A_SECOND = 100, FRAME_SAMPLES = RATE / FRAMES_A_SECOND, ALL_FRAMES = 4 * FRAMES_A_SECOND, UNITS = 2 };

/* One sample of the three tones, where a program would ask its microphone. */
static double sound(int sample) {
  const double pi = 3.14159265358979323846, time = (double)sample / RATE, part = fmod(time, 1);
  return part > 0.25 && part < 0.65 && time < 3 ? 0.5 * sin(2 * pi * 440 * time) : 0;
}

/* Root mean square of a frame. */
static float loudness(int frame) {
  double sum = 0;
  int sample;
  for (sample = frame * FRAME_SAMPLES; sample < (frame + 1) * FRAME_SAMPLES; sample++) sum += sound(sample) * sound(sample);
  return (float)sqrt(sum / FRAME_SAMPLES);
}

/* A view of floats in this program's memory, `rows` x 1 x `columns`. */
static coracle_tensor view(float *data, int rows, int columns) {
  coracle_tensor tensor = CORACLE_TENSOR_INIT;
  tensor.type = CORACLE_FLOAT32;
  tensor.rank = 3;
  tensor.shape[0] = rows;
  tensor.shape[1] = 1;
  tensor.shape[2] = columns;
  tensor.data = data;
  tensor.byte_count = (size_t)rows * (size_t)columns * sizeof *data;
  return tensor;
}

int main(int count, char **arguments) {
  coracle_error error = CORACLE_ERROR_INIT;
  coracle_model *model = NULL;
  coracle_session *session = NULL;
  size_t levels_input, state_input, averages_output, state_output;
  float levels[ALL_FRAMES], states[2][UNITS] = {{0}, {0}};
  int most = count == 3 ? atoi(arguments[2]) : 7, first, frames, frame, was_heard = 0, now = 0, failed = 1;

  if (count < 2 || count > 3 || most < 1 || most > ALL_FRAMES) {
    fprintf(stderr, "usage: %s MODEL.coracle [FRAMES, 1 to %d]\n", arguments[0], ALL_FRAMES);
    return 2;
  }
  if (coracle_model_open_file(arguments[1], NULL, &model, &error) || coracle_model_find_input(model, "levels", &levels_input, &error) ||
      coracle_model_find_input(model, "state", &state_input, &error) ||
      coracle_model_find_output(model, "averages", &averages_output, &error) ||
      coracle_model_find_output(model, "next_state", &state_output, &error) || coracle_session_create(model, NULL, &session, &error))
    goto end;

  for (first = 0; first < ALL_FRAMES; first += frames) {
    coracle_tensor chunk, state, next_state, averages = CORACLE_TENSOR_INIT;
    const float *average;
    frames = most < ALL_FRAMES - first ? most : ALL_FRAMES - first;
    for (frame = 0; frame < frames; frame++) levels[frame] = loudness(first + frame);

    /* The state that this run writes is where it lies what the next run reads: two places that take turns, and nothing is copied. */
    chunk = view(levels, frames, 1);
    state = view(states[now], 1, UNITS);
    next_state = view(states[!now], 1, UNITS);
    now = !now;
    if (coracle_session_bind_input(session, levels_input, &chunk, &error) || coracle_session_bind_input(session, state_input, &state, &error) ||
        coracle_session_bind_output(session, state_output, &next_state, &error) || coracle_session_run(session, &error) ||
        coracle_session_output(session, averages_output, &averages, &error))
      goto end;
    if (averages.type != CORACLE_FLOAT32 || averages.byte_count != (size_t)frames * UNITS * sizeof *average) {
      fprintf(stderr, "%s does not give %d averages for each frame\n", arguments[1], UNITS);
      goto end;
    }

    average = averages.data;
    for (frame = 0; frame < frames; frame++, average += UNITS) {
      int is_heard = average[0] > average[1] + 0.02f;
      if (is_heard != was_heard) printf("%.2f s  %s\n", (double)(first + frame) / FRAMES_A_SECOND, is_heard ? "sound" : "silence");
      was_heard = is_heard;
    }
  }
  failed = 0;

end:
  if (error.status != CORACLE_OK) fprintf(stderr, "%s: %s\n", coracle_status_name(error.status), error.message);
  coracle_session_destroy(session);
  coracle_model_destroy(model);
  return failed;
}
