/* What tour.json does, in C: the test compiles both and compares what they print. */
#include <math.h>
#include <stdio.h>
#include <string.h>

enum color { red, green, yellow = 8 };
enum operator { plus, minus, times, over };
enum error { ok, OutOfMemory, NotFound, TooRipe, errors };

struct fruit {
  const char *name;
  double price;
  const struct fruit *like;
  unsigned count;
  enum color color;
};

static const char *const error_names[] = {"", "OutOfMemory", "NotFound", "TooRipe"};

static const struct fruit fruits[3] = {
    {"apple", 0.25, NULL, 3, red},
    {"banana", 0x1p-3, NULL, 5, yellow},
    {"lime", 0.375, &fruits[1], 12, green},
};
static int numbers[8] = {40, -5, 3, 12, 0, 8, -17, 1};
static _Thread_local unsigned long lines, figures = 1000;

static const char *name_of_color(enum color color) {
  return color == red ? "red" : color == green ? "green" : "yellow";
}

static const char *name_of_operator(enum operator operator) {
  static const char *const names[] = {"plus", "minus", "times", "over"};
  return names[operator];
}

static void put_number(long number) {
  figures++;
  printf("%ld", number);
}

static void put_decimal(double number) {
  figures++;
  printf("%.3f", number);
}

static void end_line(void) {
  lines++;
  putchar('\n');
}

static void show_fruits(void) {
  double worth = 0;
  printf("Fruit\n");
  for (const struct fruit *fruit = fruits; fruit < fruits + 3; fruit++) {
    printf("  %s is %s, ", fruit->name, name_of_color(fruit->color));
    put_number(fruit->count);
    printf(" at ");
    put_decimal(fruit->price);
    if (fruit->like != NULL) printf(", like %s", fruit->like->name);
    end_line();
    worth += fruit->count * fruit->price;
  }
  printf("  worth ");
  put_decimal(worth);
  printf(", of which the root is ");
  put_decimal(sqrt(worth));
  end_line();
}

static enum error find(const char *name, const struct fruit **found) {
  for (const struct fruit *fruit = fruits; fruit < fruits + 3; fruit++) {
    if (strcmp(fruit->name, name) != 0) continue;
    *found = fruit;
    return ok;
  }
  return NotFound;
}

static void look(const char *name) {
  const struct fruit *fruit;
  printf("  look for a %s: ", name);
  enum error error = find(name, &fruit);
  if (error != ok)
    printf("%s", error_names[error]);
  else
    put_number(fruit->count);
  end_line();
}

static void show_errors(void) {
  printf("Errors\n");
  for (int error = 1; error < errors; error++) {
    printf("  ");
    put_number(error);
    printf(" %s", error_names[error]);
    end_line();
  }
  look("melon");
  look("lime");
}

static int calculate(enum operator operator, int a, int b) {
  switch (operator) {
  case plus: return a + b;
  case minus: return a - b;
  case times: return a * b;
  default: return a / b;
  }
}

static void show_operators(void) {
  printf("Operators\n");
  for (enum operator operator = plus; operator <= over; operator++) {
    printf("  -7 %s 3 is ", name_of_operator(operator));
    put_number(calculate(operator, -7, 3));
    end_line();
  }
}

static int hanoi(int discs) {
  return discs == 0 ? 0 : hanoi(discs - 1) + 1 + hanoi(discs - 1);
}

static void show_hanoi(void) {
  printf("Hanoi of 10 discs: ");
  put_number(hanoi(10));
  end_line();
}

static void sort(void) {
  for (int i = 1; i < 8; i++) {
    int number = numbers[i], at = i;
    for (; at > 0 && numbers[at - 1] > number; at--) numbers[at] = numbers[at - 1];
    numbers[at] = number;
  }
}

static void show_sorted(void) {
  sort();
  printf("Sorted");
  for (int i = 0; i < 8; i++) {
    printf(" ");
    put_number(numbers[i]);
  }
  end_line();
}

static void show_counters(void) {
  printf("This thread wrote lines: ");
  put_number(lines);
  printf(", numbers from 1000 on: ");
  put_number(figures);
  end_line();
}

int main(void) {
  static void (*const parts[6])(void) = {show_fruits, show_errors, show_operators, show_hanoi, show_sorted, show_counters};
  for (int i = 0; i < 6; i++) parts[i]();
}
