# What providers have learned since their first version, merged into the resources of the folder above.

resource "aws_iam_policy" "read" {
  tags = local.tags
}

resource "aws_iam_instance_profile" "deploy" {
  tags = local.tags
}

resource "aws_iam_openid_connect_provider" "ci" {
  client_id_list = var.second ? ["sts.amazonaws.com", "deploy"] : ["sts.amazonaws.com"]
  tags           = local.tags
}

resource "aws_iam_server_certificate" "www" {
  name = var.second ? "www-renamed" : "www"
  path = var.second ? "/cloudfront/red/" : "/cloudfront/"
  tags = local.tags
}

resource "aws_iam_service_linked_role" "beanstalk" {
  tags = local.tags
}

resource "aws_iam_access_key" "bob" {
  status = var.second ? "Inactive" : "Active"
}
