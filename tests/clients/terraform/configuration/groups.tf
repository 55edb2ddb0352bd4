resource "aws_iam_group" "developers" {
  name = "developers"
  path = var.second ? "/teams/" : "/"
}

resource "aws_iam_group" "readers" {
  name = "readers"
}

resource "aws_iam_group" "writers" {
  name = "writers"
}

resource "aws_iam_group_membership" "developers" {
  name  = "developers"
  group = aws_iam_group.developers.name
  users = var.second ? [aws_iam_user.eve.name] : [aws_iam_user.bob.name, aws_iam_user.eve.name]
}

resource "aws_iam_user_group_membership" "bob" {
  user   = aws_iam_user.bob.name
  groups = var.second ? [aws_iam_group.readers.name] : [aws_iam_group.readers.name, aws_iam_group.writers.name]
}

resource "aws_iam_group_policy" "readers" {
  name   = "own"
  group  = aws_iam_group.readers.name
  policy = data.aws_iam_policy_document.read.json
}

resource "aws_iam_group_policy_attachment" "readers" {
  group      = aws_iam_group.readers.name
  policy_arn = var.second ? aws_iam_policy.boundary.arn : aws_iam_policy.read.arn
}

data "aws_iam_group" "readers" {
  group_name = aws_iam_group.readers.name
  depends_on = [aws_iam_user_group_membership.bob]
}

output "readers" {
  value = data.aws_iam_group.readers.arn == aws_iam_group.readers.arn
}
